# Alice consults Carol about Bob; an application parks the consultation, and Bob is still there.
phone alice 7960 octo-line 201
phone bob 7961 line 202
phone carol 7970 line 203
phone dave 7970 line 204
calls are parked at 801 for 3 times 60 seconds
application console watches 201 202 203

bob dials 201
alice answers
alice transfers to 203
carol answers
alice is connected to 203
console parks at 201
console succeeds
alice has 202 on hold
carol hears music
dave dials 801
dave is connected to 203
alice presses Resume
alice is connected to 202
bob is connected to 201
bob hangs up
dave hangs up
alice is idle
carol is idle

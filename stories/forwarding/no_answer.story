# Nobody answers at Bob's line for twelve seconds: the call rings at Carol's, and there until it is given up.
every step is checked
telephony-service timeouts ringing 30
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
202 forwards to 203 on no answer after 12 seconds
application console watches 201 202 203

alice dials 202
bob rings from 201
after 11 seconds
bob rings from 201
carol rings from 201 within 2 seconds
bob is idle
console sees exactly Delivered Diverted at 202
console sees Diverted at 201 lcs connected cause callForwardNoAnswer onto 203
alice hears ringing
after 29 seconds
carol rings
carol does not ring within 2 seconds
console sees Failed at 201 cause callNotAnswered via 202

# Forwarding that is set while a call rings is for the next call.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

alice dials 202
bob rings from 201
console forwards 202 to 203
console sees Forwarding at 202
bob rings from 201
bob answers
alice is connected to 202
alice hangs up
alice dials 202
carol rings from 201
bob is idle

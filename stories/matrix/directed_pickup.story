# DirectedPickupCall: a device takes the call that rings at another one.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
phone carol 7970 dual-line 203
application console watches 201 202 203

alice dials 202
bob rings from 201
console picks up what rings at 202 at 203
console succeeds
bob is idle
alice is connected to 203
carol is connected to 201
carol hangs up
alice is idle

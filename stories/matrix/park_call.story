# ParkCall leaves a call where somebody can fetch it.
calls are parked at 701 for 5 times 60 seconds
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
phone carol 7970 dual-line 203
application console watches 201 202 203

console calls from 201 to 202
bob rings from 201
bob answers
alice is connected to 202
bob is connected to 201

console parks at 202
console succeeds
bob is idle
alice hears music
carol dials 701
carol is connected to 201
alice is connected to 203
carol hangs up
alice is idle

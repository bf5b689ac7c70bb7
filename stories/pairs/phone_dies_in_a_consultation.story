# Alice's phone loses its power while she consults Carol about Bob: both are free again.
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
alice answers
alice transfers to 203
carol answers
alice is connected to 203
alice is unplugged
after 90 seconds
bob is idle
carol is idle
console sees ConnectionCleared at 202 lcs null
console sees ConnectionCleared at 203 lcs null
console sees OutOfService at 201
alice is plugged in
console sees BackInService at 201
alice is idle
bob dials 201
alice rings from 202

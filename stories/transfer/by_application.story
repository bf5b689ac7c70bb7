# An application consults, and transfers; what cannot be joined is refused and stays as it is.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
console transfers at 201
console is refused with invalidHeldConnectionState
console answers at 201
bob is connected to 201
console consults 203 at 201
console succeeds
alice has 202 on hold
carol rings from 201
console answers at 203
alice is connected to 203
console transfers at 201
console succeeds
alice is idle
bob is connected to 203
console sees Transfered at 202 lcs connected

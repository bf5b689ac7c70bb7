# An application exchanges the held and the active call, and gives the consultation up.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
console answers at 201
console consults 203 at 201
console answers at 203
alice is connected to 203
console alternates at 201
console succeeds
alice is connected to 202
alice has 203 on hold
console sees Held at 203 lcs connected cause alternate
console sees Retrieved at 202 lcs connected cause alternate
console reconnects at 201
console succeeds
alice is connected to 203
bob is idle
console sees ConnectionCleared at 202 lcs null
console sees Retrieved at 203 lcs connected cause normal
console reconnects at 201
console is refused with invalidHeldConnectionState

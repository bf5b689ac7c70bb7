# The application gives the consultation up while the other phone rings.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
alice answers
console consults 203 at 201
carol rings from 201
console reconnects at 201
console succeeds
carol is idle
alice is connected to 202
console sees Retrieved at 201 lcs connected cause normal

# Alice sends Bob to Carol while Carol's phone rings; Carol does not answer, and the call is forwarded to Dave.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
phone dave 7970 line 204
203 forwards to 204 on no answer after 6 seconds
application console watches 201 202 203 204

bob dials 201
alice answers
alice transfers to 203
carol rings from 201
alice transfers
alice is idle
carol rings from 202
console sees Transfered at 202 lcs connected cause transfer
dave rings from 202 within 7 seconds
carol is idle
console sees Diverted at 203 lcs null cause callForwardNoAnswer onto 204
console sees Delivered at 204 lcs alerting cause callForwardNoAnswer via 203
console sees Diverted at 202 lcs connected cause callForwardNoAnswer onto 204
dave answers
bob is connected to 204
dave is connected to 202
console sees Established at 204 lcs connected
bob hangs up
dave is idle
console sees Transfered at 201 lcs null cause transfer
console sees nothing more at 201

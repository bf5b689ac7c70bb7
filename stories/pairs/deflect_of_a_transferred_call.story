# Alice transfers Bob while Carol's phone rings, and an application deflects the call to Dave.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
phone dave 7970 line 204
application console watches 201 202 203 204

bob dials 201
alice answers
alice transfers to 203
alice transfers
carol rings from 202
console deflects at 203 to 204
console succeeds
carol is idle
dave rings from 202
console sees Transfered at 203 lcs alerting cause transfer
console sees Diverted at 203 lcs null cause redirected onto 204
console sees Delivered at 204 lcs alerting cause redirected from 202 to 203 via 203
dave answers
bob is connected to 204

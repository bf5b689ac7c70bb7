# Alice consults Carol, whose calls go to Dave; she transfers, and Bob talks to Dave.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
phone dave 7970 line 204
203 forwards to 204
application console watches 201 202 204

bob dials 201
alice answers
console consults 203 at 201
console sees Delivered at 204 lcs alerting cause callForwardImmediate from 201 to 203 via 203
dave answers
alice is connected to 204
console transfers at 201
console succeeds
bob is connected to 204
console sees Transfered at 204 lcs connected cause transfer
alice is idle

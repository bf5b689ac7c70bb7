# Alice gives Bob to Carol without asking; Carol is not to be disturbed, and Bob comes back to Alice.
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

console turns do-not-disturb at 203 on
bob dials 201
alice answers
console gives the call at 201 to 203
console succeeds
console sees Transfered at 201 lcs null cause singleStepTransfer
alice rings from 202
console sees Delivered at 201 lcs alerting cause recall via 203
alice answers
alice is connected to 202

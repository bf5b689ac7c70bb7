# Carol does not want the call that Alice has sent her: it comes back to Alice.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201

bob dials 201
alice answers
alice transfers to 203
alice transfers
alice is idle
carol rings from 202
carol rejects
alice rings from 202
console sees Delivered at 201 lcs alerting cause recall
alice answers
bob is connected to 201

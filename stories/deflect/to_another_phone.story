# A call that rings at Bob's phone is sent to Carol's: it is the same call, and Alice sees whom she reaches.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

alice dials 202
bob rings from 201
console deflects at 202 to 203
console succeeds
bob is idle
carol rings from 201
console sees Diverted at 202 lcs null cause redirected onto 203
console sees Delivered at 203 lcs alerting cause redirected from 201 to 202 via 202
carol answers
alice is connected to 203
carol hangs up
alice is idle

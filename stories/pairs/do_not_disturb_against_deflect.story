# A call that is deflected to somebody who is not to be disturbed fails there, as a call that was dialled does.
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

console turns do-not-disturb at 203 on
console sees DoNotDisturb at 203
alice dials 202
bob rings from 201
console deflects at 202 to 203
console succeeds
bob is idle
console sees Diverted at 202 lcs null cause redirected onto 203
console sees Failed at 201 cause doNotDisturb

# SetDoNotDisturb: calls fail while it is on.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
application console watches 201 202

console turns do-not-disturb at 202 on
console succeeds
alice dials 202
bob does not ring
console sees Failed at 201 cause doNotDisturb
console clears at 201
alice is idle
console turns do-not-disturb at 202 off
console succeeds
alice dials 202
bob rings from 201
bob answers
bob is connected to 201
bob hangs up
alice is idle

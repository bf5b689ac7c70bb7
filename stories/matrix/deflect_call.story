# DeflectCall sends a call that rings to another number.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
phone carol 7970 dual-line 203
application console watches 201 202 203

alice dials 202
bob rings from 201
console deflects at 202 to 203
console succeeds
bob is idle
carol rings from 201
carol answers
alice is connected to 203
carol is connected to 201
carol hangs up
alice is idle

# Alice gives up before Bob answers.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
bob rings from 201
alice hangs up
alice is idle
bob is idle
console sees Delivered at 201
console sees exactly ConnectionCleared at 201
console sees Delivered at 202
console sees exactly ConnectionCleared ConnectionCleared at 202

# The one who was called hangs up first: both connections are cleared, in that order.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
bob answers
alice is connected to 202
bob hangs up
alice is idle
bob is idle
console sees Established at 201
console sees ConnectionCleared at 201 lcs connected cause normalClearing
console sees ConnectionCleared at 201 lcs null
console sees Established at 202
console sees exactly ConnectionCleared at 202

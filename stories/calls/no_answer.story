# Nobody answers: the switch gives up after the ringing timeout.
telephony-service timeouts ringing 20
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

alice dials 202
bob rings from 201
after 19 seconds
bob rings from 201
bob does not ring within 2 seconds
console sees Failed at 201 cause callNotAnswered
console sees ConnectionCleared at 202 lcs null
alice is idle within 15 seconds
console sees ConnectionCleared at 201 lcs null

# Bob calls Alice, who transfers him to Carol after she has talked to her. Bob and Carol talk in the call that Bob made,
# and each shows the other one; Alice is out of it.
every step is checked
phone alice 7960 dual-line 201
phone bob 7961 line 202
phone carol 7970 line 203
application console watches 201 202 203

bob dials 201
alice answers
bob is connected to 201
alice transfers to 203
alice hears ringing
carol rings from 201
bob hears music
console sees Held at 201 lcs hold cause consultation
console sees ServiceInitiated at 201 cause consultation
carol answers
alice is connected to 203
console sees Established at 203 lcs connected from 201 to 203
alice transfers
alice is idle
bob is connected to 203
carol is connected to 202
console sees Transfered at 201 lcs null cause transfer
console sees Transfered at 202 lcs connected cause transfer
console sees exactly Transfered at 203
console takes a snapshot of 202
console finds 1 calls
carol hangs up
bob is idle
console sees exactly ConnectionCleared at 203
console sees nothing more at 201

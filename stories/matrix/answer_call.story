# AnswerCall: the answer comes when the phone has answered.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
application console watches 201 202

alice dials 202
bob rings from 201
console answers at 202
console succeeds
alice is connected to 202
bob is connected to 201
bob hangs up
alice is idle
bob is idle

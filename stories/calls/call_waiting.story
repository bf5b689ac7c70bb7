# A dual line takes a second call: it waits, is answered, and the first one is held meanwhile.
phone alice 7960 line 201
phone bob 7961 dual-line 202
phone carol 7961 line 203

alice dials 202
bob answers
bob is connected to 201
carol dials 202
bob has a call waiting from 203
bob is connected to 201
bob answers
bob is connected to 203
bob has 201 on hold
bob hangs up
carol is idle
bob has 201 on hold
bob resumes
bob is connected to 201
alice hangs up
bob is idle

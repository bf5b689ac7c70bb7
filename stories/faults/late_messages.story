# Keys that cross with messages under way: Bob hangs up on a call that has just ended.
phone alice 7960 line 201
phone bob 7961 line 202

bob is delayed by 200 ms
alice dials 202
bob answers
alice is connected to 202
bob is connected to 201
alice hangs up
bob is idle
alice is idle

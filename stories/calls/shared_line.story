# Two phones show the same line: both ring, one answers, the other one stops and sees the line in use.
phone alice 7960 line 201
phone bob 7961 line 202
phone desk 7961 line 202
application console watches 202

alice dials 202
bob rings from 201
desk rings from 201
desk answers
desk is connected to 201
bob does not ring
bob's line 1 lamp is On
console sees exactly Delivered Established at 202
desk holds
desk has 201 on hold
bob presses line 1
alice is connected to 202
bob hangs up
alice is idle
desk is idle
bob is idle

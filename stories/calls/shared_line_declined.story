# Two phones show the same line. Who declines the call silences one phone; it rings on at the other one until
# nobody wants it.
phone alice 7960 line 201
phone bob 7961 line 202
phone desk 7961 line 202
application console watches 202

alice dials 202
bob rings from 201
desk rings from 201
bob rejects
bob is idle
desk rings from 201
alice hears AlertingTone
desk rejects
desk is idle
alice hears LineBusyTone
console sees exactly Delivered ConnectionCleared at 202
alice is idle within 15 seconds

alice dials 202
bob rejects
desk answers
desk is connected to 201
bob's line 1 lamp is On

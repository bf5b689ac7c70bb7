# What users set lasts over a restart, and so does what the configuration says.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
203 forwards to 201 on busy

bob forwards to 203
bob is forwarded to 203
the node restarts
bob is registered within 30 seconds
carol is registered within 30 seconds
bob is forwarded to 203
alice dials 202
carol rings from 201
alice hangs up
bob stops forwarding
the node restarts
bob is registered within 30 seconds
bob is not forwarded

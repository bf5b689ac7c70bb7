# What the configuration says holds again after a restart; what users set does not last.
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
bob is not forwarded

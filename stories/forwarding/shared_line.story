# Two phones share a line: both show where its calls go, and either takes it back.
every step is checked
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7961 line 202
phone dave 7960 line 204

bob forwards to 204
carol is forwarded to 204
carol shows "Forwarded to 204"
alice dials 202
dave rings from 201
alice hangs up
carol stops forwarding
bob is not forwarded

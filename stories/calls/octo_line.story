# Eight channels: Alice holds one call after the other and still has room for the next.
phone alice 7961 octo-line 201
phone bob 7960 line 202
phone carol 7960 line 203
phone dave 7960 line 204
alice has speed dial 204

alice dials 202
bob answers
alice holds
alice dials 203
carol answers
alice has 202 on hold
alice begins a call
alice presses speed dial 1
dave answers
alice is connected to 204
alice has 203 on hold

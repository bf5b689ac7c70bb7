# Bob forwards to Carol and Carol to Bob: the call ends with reorder tone, and so does one that goes on too long.
every step is checked
telephony-service max-redirect 5
phone alice 7960 line 201
phone bob 7961 line 202
phone carol 7960 line 203
phone dave 7960 line 204
phone erin 7960 line 205
phone frank 7960 line 206
phone grace 7960 line 207
phone heidi 7960 line 208
203 forwards to 202
204 forwards to 205
205 forwards to 206
206 forwards to 207
207 forwards to 208
208 forwards to 202
application console watches 201

bob forwards to 203
alice dials 202
alice hears ReorderTone
alice shows "CFwdAll loop detected"
console sees Diverted at 201 onto 203
console sees Diverted at 201 via 202 onto 202
console sees exactly Failed at 201
alice hangs up
bob stops forwarding
alice dials 204
bob rings from 201
alice hangs up
bob forwards to 203
alice dials 204
alice hears ReorderTone

# A number that could go on waits for the inter-digit timeout; a digit that never comes ends in reorder tone.
telephony-service timeouts interdigit 5
phone alice 7960 line 201
phone bob 7961 line 20
application console watches 201

alice begins a call
alice hears InsideDialTone
alice types 2
alice types 0
after 4 seconds
bob does not ring
bob rings from 201 within 2 seconds
alice hangs up
bob is idle

alice begins a call
alice types 2
alice hears ReorderTone within 6 seconds
alice is idle within 20 seconds

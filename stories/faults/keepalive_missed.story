# A phone that is cut off for a minute stays registered; for three minutes it is gone, and comes back.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201

after 1 minute
alice is cut off
after 50 seconds
alice is no longer cut off
after 1 minute
alice is registered
alice is cut off
after 3 minutes
alice is no longer cut off
console sees OutOfService at 201
alice is registered within 1 minute
console sees BackInService at 201
bob dials 201
alice rings from 202

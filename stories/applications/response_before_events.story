# The response to MakeCall comes before the events of the call, however the stream is cut: an application that
# gets them the other way round complains.
phone alice 7960 line 201
phone bob 7961 line 202
application console watches 201 202

console's segments are split
console calls from 201 to 202
console succeeds
console sees exactly ServiceInitiated Originated Delivered at 201
console sees exactly Delivered at 202
console answers at 202
console succeeds
console sees exactly Established at 201
console sees exactly Established at 202
console holds at 201
console succeeds
console sees exactly Held at 202
console clears at 201
console succeeds
console sees exactly Held ConnectionCleared at 201

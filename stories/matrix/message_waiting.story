# SetMessageWaitingIndicator lights the lamp of a phone.
phone alice 7960 dual-line 201
phone bob 7961 dual-line 202
application console watches 201 202

console turns message waiting at 202 on
console succeeds
bob's message lamp 1 is On
console turns message waiting at 202 off
console succeeds
bob's message lamp 1 is Off

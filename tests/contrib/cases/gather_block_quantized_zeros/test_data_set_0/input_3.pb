Binput_3J
t^קזvÜ
ז¨†
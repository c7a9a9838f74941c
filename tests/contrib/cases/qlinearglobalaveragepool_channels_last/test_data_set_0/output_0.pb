Boutput_0J
Dë$áj
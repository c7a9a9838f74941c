Boutput_0J
–YÓ‚„k¹Ğ
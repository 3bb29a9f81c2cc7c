"""What a programme did: the guard that reads the assignment first, then estimates that know what they can't say."""

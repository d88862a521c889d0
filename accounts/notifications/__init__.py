"""Mail: what is written in it, who gets it, and how it leaves. When, is for services to say."""

"""Mail intake: monitors that can only send mail reach PixelView by SMTP or through a mailbox."""

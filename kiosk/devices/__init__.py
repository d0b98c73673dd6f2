"""What the desk needs of hardware: interfaces, supervision, the job spooler, health."""

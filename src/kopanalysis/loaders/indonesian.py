"""Numbers and dates in Indonesian spelling, as one front door."""

from kopanalysis.loaders.dates import UnreadableDate, WeekdayWarning, read_date, read_date_range, read_dates
from kopanalysis.loaders.numbers import read_number_list, read_numbers

__all__ = ["UnreadableDate", "WeekdayWarning", "read_date", "read_date_range", "read_dates", "read_number_list", "read_numbers"]

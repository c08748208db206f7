"""Every figure by its name: what kind it is and what it says. No other name is shown."""

from typing import Literal, NamedTuple


class Metric(NamedTuple):
    """A metric as Prometheus describes it; a histogram stands under its family's name."""

    kind: Literal["gauge", "counter", "histogram"]
    help: str


PREFIX = "commandcenter_"
METRICS = {
    f"{PREFIX}{name}": Metric(kind, words)  # type: ignore[arg-type]
    for name, kind, words in (
        ("up", "gauge", "1 for each process that is heard."),
        ("process_heard_age_seconds", "gauge", "Seconds since a process told its figures."),
        ("build_info", "gauge", "1, with the version and the build of city and plugins."),
        ("process_cpu_seconds_total", "counter", "Processor time in user and system mode."),
        ("process_resident_memory_bytes", "gauge", "Memory that is resident."),
        ("process_open_fds", "gauge", "Open files and sockets."),
        ("process_threads", "gauge", "Threads."),
        ("process_start_time_seconds", "gauge", "When the process began, in Unix time."),
        ("bus_lost_total", "counter", "Occasions on which messages may have been dropped."),
        ("bus_backlog_messages", "gauge", "Messages that came and wait for their handlers."),
        ("bus_unsent_messages", "gauge", "Messages that wait to be sent."),
        ("database_connections_in_use", "gauge", "Connections of the pool that are in use."),
        ("database_look_seconds", "gauge", "How long the last look at the database took."),
        ("database_unanswered_seconds", "gauge", "Since when the database has not answered."),
        ("rollup_counted_moves", "gauge", "Number of the last move that is in the counts."),
        ("rollup_lag_moves", "gauge", "Moves in the log that are not in the counts."),
        ("rollup_lag_seconds", "gauge", "Age of the oldest move that is not in the counts."),
        ("rollup_counted_acts", "gauge", "Number of the last act that is in the counts."),
        ("rollup_lag_acts", "gauge", "Acts of whistles and directives that are not counted yet."),
        ("rollup_acts_lag_seconds", "gauge", "Age of the oldest act that is not in the counts."),
        ("letters_waiting", "gauge", "Reports that wait as dead letters, by reason."),
        ("topics_rendered", "gauge", "Topics that a worker renders."),
        ("topics_watched", "gauge", "Topics that a web process keeps for its screens."),
        ("frames_rendered_total", "counter", "Renderings of a topic."),
        ("frames_published_total", "counter", "Frames sent because something in them changed."),
        ("frames_taken_total", "counter", "Frames that a web process took for its screens."),
        ("frames_dropped_total", "counter", "Frames that a web process did not take, by reason."),
        ("frame_age_seconds", "gauge", "Age of the newest frame that a web process took."),
        ("frame_transit_seconds", "histogram", "Age of a frame as it comes to the web process."),
        ("streams", "gauge", "Screens that are connected."),
        ("streams_limit", "gauge", "Screens that a web process carries at most."),
        ("streams_blocked", "gauge", "Screens that are not taking what was written."),
        ("streams_blocked_longest_seconds", "gauge", "For how long the slowest screen took none."),
        ("streams_opened_total", "counter", "Screens that have connected."),
        ("stream_groups", "gauge", "Groups of screens that share every byte."),
        ("stream_bytes_total", "counter", "Bytes of news written to screens."),
        ("live_silent_seconds", "gauge", "Since when no worker that counts is heard; 0: heard."),
        ("shown_late_seconds", "gauge", "How old it is what screens show as late; 0: about now."),
        ("lease_held", "gauge", "1 where a process holds the lease, by lease."),
        ("lease_token", "gauge", "The fencing token of a lease that is held, by lease."),
        ("intake_reports_total", "counter", "Reports answered, by way, answer and code."),
        ("source_age_seconds", "gauge", "Seconds since a source last delivered."),
        ("source_interval_seconds", "gauge", "After how many seconds its silence is late."),
        ("source_silent", "gauge", "1 for a source that should be looked after."),
        ("source_state", "gauge", "1 for the state that a source is in."),
        ("plugin_state", "gauge", "1 for the state that a plugin is in."),
        ("plugin_calls_total", "counter", "Calls of a plugin's code."),
        ("plugin_last_good_time_seconds", "gauge", "When a call of a plugin last succeeded."),
        ("plugin_errors_total", "counter", "Calls of a plugin's code that raised."),
        ("plugin_seconds_total", "counter", "Time spent in a plugin's code."),
        ("plugin_condition", "gauge", "0: a plugin is well, 1: it failed, 2: it is quarantined."),
        ("plugin_memory_bytes", "gauge", "Memory of the process in which a plugin is asked."),
        ("plugin_restarts_total", "counter", "Starts of a plugin's process after the first."),
        ("plugin_call_seconds", "histogram", "How long calls took; a source's with its waiting."),
        ("http_requests_total", "counter", "Requests by method, route and status."),
        ("http_request_seconds", "histogram", "How long requests took, by route."),
    )
}


def family_of(name: str) -> str | None:
    """Return the name under which a figure is described, None for one that nobody knows."""
    for suffix in ("", "_bucket", "_sum", "_count"):
        family = name.removesuffix(suffix) if suffix else name
        known = METRICS.get(family)
        if known and name.endswith(suffix) and (known.kind == "histogram") == bool(suffix):
            return family
    return None

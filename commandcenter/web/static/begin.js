/* Begins a tablet's page once all its scripts are there: they are deferred, an inline one could not be. */
window.renderer = new window.DashRenderer();

# TODO: set up a WebSocket server here. The task says how, in five steps.

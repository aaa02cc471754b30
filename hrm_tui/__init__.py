"""The full-screen app that shows a model thinking; consumes the events of `hrm`."""

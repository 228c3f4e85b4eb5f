"""A Flask application for the development server."""

import flask

import part

app = flask.Flask(__name__)


@app.route("/")
def hello():
    return part.TEXT


@app.route("/crash")
def crash():
    import _crashers
    _crashers.die("null-read")

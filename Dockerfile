FROM python:3.12-slim AS build
COPY requirements/run.txt /tmp/run.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r /tmp/run.txt

FROM python:3.12-slim
RUN useradd --system --uid 10001 --home-dir /app ordersync
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1
# The values are for collecting files only; the container's own come from its environment.
RUN SECRET_KEY=build ORDERSYNC_DATA_DIR=/tmp/build ORDERSYNC_HASHED_STATIC=true \
    python manage.py collectstatic --noinput --skip-checks && rm -rf /tmp/build
USER ordersync
EXPOSE 8000
CMD ["gunicorn", "ordersync.wsgi", "--bind", "0.0.0.0:8000", "--no-control-socket", "--worker-tmp-dir", "/dev/shm", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "8"]

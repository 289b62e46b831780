"""Postgres and Airflow as services of this machine, for the local runtime."""

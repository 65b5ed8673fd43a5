# SPDX-License-Identifier: Apache-2.0
"""The Airflow provider: Spark applications on Kubernetes as tasks (doc/airflow.md). Airflow 2.11 and 3.

What a run is, how it fares and why it failed is told by the library; here is only what Airflow wants to hear of it. Nothing is imported
here, for Airflow imports this package in every process.
"""

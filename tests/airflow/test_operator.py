# SPDX-License-Identifier: Apache-2.0
"""The operator in DAGs that Airflow runs to their end in this process: dag.test(), with a real database."""
import json
import os
import re
from types import SimpleNamespace

import pytest

import api
from sparkk8s.airflow import operator as module
from sparkk8s.airflow.compat import AIRFLOW, AirflowException, AirflowFailException, AirflowTaskTimeout
from sparkk8s.airflow.links import HistoryServerLink, SparkUiLink
from sparkk8s.airflow.trigger import SparkRunTrigger
from test_tries import context, operator

pytestmark = pytest.mark.usefixtures("database")


def run(name):
    """The state of the DAG's run, its task instances, and what they have left in XCom."""
    from airflow import __version__
    from airflow.models import DagBag
    from airflow.utils.session import create_session

    if __version__.startswith("3"):
        from airflow.models.xcom import XComModel as XCom
        import runs

        dag = getattr(runs, name)
    else:
        from airflow.models import XCom

        dag = DagBag(os.environ["AIRFLOW__CORE__DAGS_FOLDER"], include_examples=False).dags[name]
    result = dag.test()
    with create_session() as session:
        found = {}
        for row in session.query(XCom).filter(XCom.dag_id == name, XCom.run_id == result.run_id):
            value = row.value
            if isinstance(value, (str, bytes)):
                try:
                    value = json.loads(value)
                except ValueError:
                    pass
            found[row.key] = value
        instances = result.get_task_instances(session=session)
        tis = {ti.task_id: str(ti.state) for ti in instances}
        tries, key = max(ti.try_number for ti in instances), instances[0].key
    return SimpleNamespace(state=str(getattr(result.state, "value", result.state)), xcom=found, tis=tis, tries=tries, key=key)


def message(value):
    """A driver that has left something in /dev/termination-log, and has succeeded."""
    done = json.loads(json.dumps(api.SUCCEEDED))
    done["containerStatuses"][0]["state"]["terminated"]["message"] = value
    return [(0.1, api.RUNNING), (0.3, done)]


def test_deferred(drivers, monkeypatch):
    drivers.life = message('{"rows": 7}')
    drivers.log = b"Pi is roughly 3.14\n"
    done = run("deferred")
    assert done.state == "success", done
    [pod] = drivers.created()
    container = pod["spec"]["containers"][0]
    assert container["args"][-1] == "7" and pod["spec"]["serviceAccountName"] == "spark"
    assert pod["metadata"]["annotations"]["of"] == "spark"
    assert any(mount["mountPath"] == "/scratch" for mount in container["volumeMounts"])
    assert pod["metadata"]["annotations"]["airflow.sparkk8s.io/dag_id"] == "deferred"
    [claim] = drivers.claims().values()
    assert claim.startswith("airflow/deferred/") and claim.endswith("/spark/1")
    run_id = "default:" + pod["metadata"]["name"]
    app_id = pod["metadata"]["labels"]["spark-app-selector"]
    assert (done.xcom["run_id"], done.xcom["app_id"]) == (run_id, app_id)
    assert done.xcom["return_value"] == {"rows": 7}
    assert done.xcom["verdict"]["state"] == "SUCCEEDED"
    link = f"https://history.example.com/history/{app_id}/jobs/"
    assert done.xcom["sparkk8s_history_url"] == link
    if AIRFLOW >= (3, 0):           # computed at the end of each slice, for a user interface that reads nothing else
        assert done.xcom["_link_HistoryServerLink"] == link and not done.xcom["_link_SparkUiLink"]
    else:
        assert HistoryServerLink().get_link(None, ti_key=done.key) == link and SparkUiLink().get_link(None, ti_key=done.key) == ""


@pytest.mark.life("succeeds")
def test_tested(drivers, monkeypatch):
    """The trigger knows that it is: see SparkRunTrigger."""
    made = []
    monkeypatch.setattr(module, "SparkRunTrigger", lambda **given: made.append(SparkRunTrigger(**given)) or made[-1])
    assert run("deferred").state == "success"
    assert [trigger.tested for trigger in made] == [AIRFLOW >= (3, 0)]


@pytest.mark.life("succeeds", log=b"hello\n")
def test_waiting(drivers):
    done = run("waiting")
    assert done.state == "success" and done.xcom["verdict"]["state"] == "SUCCEEDED", done


@pytest.mark.life("fails")
def test_failure(drivers):
    done = run("deferred")
    assert done.state == "failed" and done.xcom["verdict"]["cause"] == "APP", done


@pytest.mark.life("runs-on")
def test_time_limit(drivers):
    try:
        assert run("limited").state == "failed"
    except AirflowTaskTimeout:          # Airflow 2 lets it through dag.test()
        pass
    assert not drivers.pods


@pytest.mark.life("fails")
def test_retry_on(drivers):
    """Of three tries one: an application's failure is none of the infrastructure's."""
    done = run("infrastructure")
    assert done.state == "failed" and len(drivers.created()) == 1, done


@pytest.mark.parametrize("name,why", [("wrong", r"not submitted: .*spark\.driver\.memory.*1gg"), ("wrong_type", "not submitted: application_args")])
def test_wrong(drivers, capfd, caplog, name, why):
    """Said once, in one place, and not tried again."""
    done = run(name)
    assert done.state == "failed" and done.tries == 1 and not drivers.requests, done
    told = caplog.text + "".join(capfd.readouterr())
    assert re.search(why, told) and "XCom not found" not in told


@pytest.mark.parametrize("refuse,state", [((403, "Forbidden", "pods is forbidden"), "failed"), ((503, "ServiceUnavailable", "try again"), "up_for_retry")])
def test_refused_by_the_server(drivers, refuse, state):
    drivers.refuse = refuse
    with pytest.raises(AirflowException) as error:
        operator(retries=2).execute(context(1, 2, 2))
    assert isinstance(error.value, AirflowFailException) is (state == "failed")
    assert str(error.value).startswith("not submitted: ") and refuse[2] in str(error.value)


@pytest.mark.life("succeeds")
def test_after_another(drivers):
    """Its arguments are what another task has returned."""
    done = run("after_another")
    [pod] = drivers.created()
    assert done.state == "success" and pod["spec"]["containers"][0]["args"][-2:] == ["1", "2"], done


@pytest.mark.life("succeeds")
def test_mapped_pairs(drivers):
    done = run("mapped_pairs")
    assert done.state == "success", done
    found = {pod["metadata"]["labels"]["spark-app-name"]: pod["spec"]["containers"][0] for pod in drivers.created()}
    assert {name: container["args"][-2:] for name, container in found.items()} == {"one": ["0", "x"], "two": ["1", "x"]}
    assert {mount["mountPath"] for each in found.values() for mount in each["volumeMounts"]} >= {"/scratch/0", "/scratch/1"}


def test_outputs(drivers):
    drivers.life = message('{"rows": 7, "path": "s3a://x"}')
    done = run("outputs")
    assert (done.xcom["rows"], done.xcom["path"]) == (7, "s3a://x"), done


def test_no_xcom(drivers):
    """Only what the provider itself has to find again."""
    drivers.life = message("7")
    done = run("no_xcom")
    assert done.state == "success" and not {"return_value", "app_id", "verdict"} & set(done.xcom) and done.xcom["run_id"], done


@pytest.mark.life("fails")
def test_skipped(drivers):
    done = run("skipped")
    assert done.tis == {"spark": "skipped"}, done


@pytest.mark.life("succeeds")
def test_mapped(drivers):
    done = run("mapped")
    assert done.state == "success" and len(drivers.created()) == 2, done


@pytest.mark.life("succeeds")
def test_sensor(drivers):
    drivers.driver()
    assert run("sensing").state == "success"


@pytest.mark.life("fails")
def test_sensor_of_a_failure(drivers):
    drivers.driver()
    assert run("sensing").state == "failed"
